//! Observers: react to events by sending commands, without a transaction of their own, many events at once.
//!
//! The task reads the log into a [window](super::window), keeps as many attempts [under way](super::flight) as the executors
//! allow, and saves from time to time how far everything is done without a gap.

use tokio::time::{Instant, sleep_until};

use super::{
    ConsumerState, ConsumerTask,
    failure::Interruption,
    flight::{Ended, Flight, Landing, attempt},
    intake::Reading,
    react::Verdict,
    replay::{Failed, Revived},
    request::ReplayCause,
    tally::Fate,
    window::{Settled, Window},
};
use crate::{
    clock,
    component::HandlerMeta,
    message::{Position, StoredEvent},
    store::{Claim, DeadEvent, LogMark},
};

/// Since when something is done that is not saved.
#[derive(Default)]
struct Saving {
    since: Option<Instant>,
}

impl ConsumerTask {
    /// Observes behind a place for as long as this process is to.
    ///
    /// However that ends, nothing is under way afterwards: attempts come to their end first, which their time limit bounds, but
    /// for a claim that is worth nothing any more, when they are dropped.
    pub(super) async fn observe(&mut self, claim: &Claim, place: LogMark) -> Result<(), Interruption> {
        let window = self.take_up_window(claim, place);
        let mut flight = Flight::new(window, self.spec.executors.lanes());
        let flown = self.fly(claim, &mut flight).await;
        if matches!(flown, Err(Interruption::Fenced | Interruption::LeaseOver | Interruption::LogWentBack(_)))
        {
            return flown;
        }
        let ended = flown.and(self.land(claim, &mut flight).await);
        if matches!(ended, Err(Interruption::Failed(_))) {
            // When this owner goes on, what is done is not done again.
            self.kept = Some((claim.token, flight.into_window()));
        }
        ended
    }

    /// The window that was kept when this owner was interrupted, or a new one.
    fn take_up_window(&mut self, claim: &Claim, place: LogMark) -> Window {
        if let Some((token, mut window)) = self.kept.take()
            && token == claim.token
            && window.resume(place.position, &self.parked)
        {
            self.count_done(place.position);
            return window;
        }
        self.tally.begin(std::iter::empty());
        Window::new(place, self.spec.executors.lanes().len())
    }

    async fn fly(&mut self, claim: &Claim, flight: &mut Flight) -> Result<(), Interruption> {
        let (mut reading, mut saving) = (Reading::new(&self.spec), Saving::default());
        while !self.stopping() {
            if self.tenant.is_paused() {
                self.stay(claim, flight).await?;
                continue;
            }
            let is_busy = self.serve_beside(claim, flight).await?;
            flight.window.wake(Instant::now());
            let reads = reading.is_due(flight);
            if reads {
                self.read(flight, &mut reading).await?;
            }
            flight.start(&self.spec, |position| self.handling(position));
            flight.gather().await;
            if !reads && !is_busy && flight.nothing_landed() {
                self.wait(flight, &mut reading, &saving).await;
            }
            // Once it is to rest, what fails does not count: see `land`.
            while !self.stopping()
                && !self.tenant.is_paused()
                && let Some(landing) = flight.landed()
            {
                self.note_landing(claim, flight, landing).await?;
            }
            self.save_in_time(claim, flight, &reading, &mut saving).await?;
            self.tell_place(flight, &mut reading);
        }
        Ok(())
    }

    /// Lands, stays where it is until it may go on, and takes off.
    async fn stay(&mut self, claim: &Claim, flight: &mut Flight) -> Result<(), Interruption> {
        self.land(claim, flight).await?;
        self.pause(claim, flight.window.place()).await?;
        flight.window.release(&self.parked);
        flight.take_off();
        Ok(())
    }

    /// Lets what is under way come to its end, and begins nothing; then saves what is done.
    ///
    /// What fails meanwhile is neither repeated nor put aside: that may be the fault of what ends here. It is tried again by
    /// whoever goes on.
    async fn land(&mut self, claim: &Claim, flight: &mut Flight) -> Result<(), Interruption> {
        flight.ground();
        while let Some(Landing { position, ended, .. }) = flight.last_landing().await {
            match ended {
                Ended::Succeeded => self.note_success(flight, position),
                Ended::Failed(_) | Ended::Unforgotten(_) | Ended::Grounded => {
                    flight.window.give_back(position);
                }
            }
        }
        while self.save_done(claim, flight).await? {}
        let place = flight.window.place();
        if place.position > self.saved_position() {
            let moving = self.open(claim).await?;
            self.commit(moving, place).await?;
        }
        Ok(())
    }

    /// Does what is asked of dead events. What it puts the checkpoint behind is saved first, with the dead events that belong to it.
    async fn serve_beside(&mut self, claim: &Claim, flight: &mut Flight) -> Result<bool, Interruption> {
        if self.serving.is_none() && self.tenant.request().is_none() {
            return Ok(false);
        }
        while self.save_done(claim, flight).await? {}
        let place = flight.window.place();
        let is_busy = flight.beside(self.serve(claim, place)).await?;
        flight.window.release(&self.parked);
        Ok(is_busy)
    }

    /// Takes note of how an attempt ended.
    async fn note_landing(
        &mut self,
        claim: &Claim,
        flight: &mut Flight,
        Landing { position, ended, .. }: Landing,
    ) -> Result<(), Interruption> {
        let failure = match ended {
            Ended::Succeeded => {
                self.note_success(flight, position);
                return Ok(());
            }
            Ended::Failed(failure) => failure,
            Ended::Grounded => {
                flight.window.give_back(position);
                return Ok(());
            }
            Ended::Unforgotten(error) => {
                flight.window.give_back(position);
                return Err(error.into());
            }
        };
        let Some(open) = flight.window.open(position).cloned() else { return Ok(()) };
        let place = (position, Some(open.event.message.timestamp));
        match self.judge(open.handler, place, &open.key, open.attempt, failure) {
            Ok(Verdict::Again { wait, error }) => {
                flight.window.try_again(position, clock::deadline(wait), &error);
            }
            Ok(Verdict::Park { error }) => {
                let dead = self.dead(&open.event, &open.key, Some(error), open.attempt + 1);
                self.tally.note_ahead(position, Fate::Parked);
                flight.window.put_aside(position, dead);
                self.still_failing(flight.window.failing());
            }
            Err(Interruption::TooManyKeys(error)) => {
                flight.window.begin_again(position);
                self.land(claim, flight).await?;
                self.pause_itself(&error).await?;
                flight.take_off();
            }
            Err(interruption) => {
                flight.window.begin_again(position);
                return Err(interruption);
            }
        }
        Ok(())
    }

    fn note_success(&mut self, flight: &mut Flight, position: Position) {
        self.tally.note_ahead(position, Fate::Handled);
        flight.window.handled(position);
        self.event_succeeded(position, flight.window.failing());
    }

    /// Saves when nothing more comes soon, when enough has come together, and when it is time.
    async fn save_in_time(
        &mut self,
        claim: &Claim,
        flight: &mut Flight,
        reading: &Reading,
        saving: &mut Saving,
    ) -> Result<(), Interruption> {
        if flight.window.can_settle() {
            let since = *saving.since.get_or_insert_with(Instant::now);
            let is_time = since.elapsed() >= self.spec.options.batch_time;
            if is_time || flight.is_still() || reading.is_full() {
                while self.save_done(claim, flight).await? {}
                saving.since = None;
                self.round_succeeded();
            }
        } else {
            saving.since = None;
        }
        let place = flight.window.place();
        // What concerns nobody is passed without a transaction, as long as it is not much.
        if place.position.0 >= self.saved_position().0.saturating_add(self.spec.options.checkpoint_every) {
            let moved = async {
                let moving = self.open(claim).await?;
                self.commit(moving, place).await
            };
            flight.beside(moved).await?;
        }
        Ok(())
    }

    /// Moves the checkpoint to where everything is done without a gap, together with what is put aside up to there. Returns
    /// whether there was anything.
    async fn save_done(&mut self, claim: &Claim, flight: &mut Flight) -> Result<bool, Interruption> {
        let waits = |event: &StoredEvent, key: &str| self.dead(event, key, None, 0);
        let Some(settled) = flight.window.settle(self.spec.options.batch_events, waits) else {
            return Ok(false);
        };
        for position in &settled.waiting {
            self.tally.note_ahead(*position, Fate::Parked);
        }
        if let Err(interruption) = flight.beside(self.commit_settled(claim, &settled)).await {
            // Until it is stored, a key may still open.
            for position in &settled.waiting {
                self.tally.take_back(*position);
            }
            return Err(interruption);
        }
        flight.window.pass(settled.place);
        self.remember_parked(settled.dead.into_iter().map(|dead| dead.key).collect());
        self.events_succeeded(settled.place.position);
        Ok(true)
    }

    async fn commit_settled(&mut self, claim: &Claim, settled: &Settled) -> Result<(), Interruption> {
        let mut transaction = self.open(claim).await?;
        for dead in &settled.dead {
            transaction.park(dead.clone()).await?;
        }
        self.commit(transaction, settled.place).await
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, flight: &mut Flight, reading: &mut Reading, saving: &Saving) {
        let asked = self.tenant.asked();
        let save_at = saving.since.map(|since| since + self.spec.options.batch_time);
        let wake_at = [flight.window.next_due(), save_at, reading.looks_at()].into_iter().flatten().min();
        let timer = async {
            match wake_at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = flight.landing() => {}
            () = timer => {}
            () = reading.more() => {}
            () = asked => {}
            _ = self.shutdown.changed() => {}
        }
    }

    /// Tells how far it is, if that is news.
    fn tell_place(&mut self, flight: &Flight, reading: &mut Reading) {
        let place = flight.window.place().position;
        let is_all = flight.window.is_empty() && reading.is_at_the_end();
        if reading.told.replace((place, is_all)) == Some((place, is_all)) {
            return;
        }
        self.tell_lag(place, flight.window.oldest());
        if is_all {
            self.round_succeeded();
            // Where nothing comes, nothing shows better that all is well.
            self.failures = 0;
        }
        self.tell(|progress| {
            progress.position = place;
            progress.pace.note(place);
            if is_all {
                progress.state = ConsumerState::Running;
            }
        });
    }

    /// Handles a dead event again.
    pub(super) async fn observe_again(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        event: &StoredEvent,
        handler: Option<&'static HandlerMeta>,
    ) -> Result<Revived, Interruption> {
        let Some(handler) = handler else {
            return Ok(Err(Failed::new(ReplayCause::NoHandler, "no handler takes the event any more")));
        };
        let (left, mut shutdown) = (self.tenant.left_or_lost(), self.shutdown.clone());
        let permit = tokio::select! {
            permit = self.spec.executors.of(handler).place() => permit,
            () = left => return Err(Interruption::Asked),
            _ = shutdown.wait_for(|stops| *stops) => return Err(Interruption::Shutdown),
        };
        let handling = self.handling(event.position);
        let attempted = attempt(&self.spec, handler, event, dead.attempts, handling).await;
        drop(permit);
        if let Err(failure) = attempted {
            self.forget_rejections(self.spec.seed(event.message.id)).await?;
            return Failed::of(failure).map(Err);
        }
        let transaction = self.open(claim).await?;
        self.bring_back(transaction, place, dead).await
    }
}
